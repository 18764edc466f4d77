using System.Collections.Immutable;
using System.Reflection;
using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace Vigil.Server.Tests.Architecture;

/// <summary>
/// Which types of an assembly use which others of the same assembly: base types, fields, signatures, attributes and every token in every method body.
/// Text search misses a name written from a sibling namespace; this does not.
/// </summary>
internal sealed class TypeReferences
{
    private static readonly OpCode[] OneByte = new OpCode[256];
    private static readonly OpCode[] TwoBytes = new OpCode[256];
    private readonly MetadataReader _metadata;
    private readonly PEReader _image;
    private readonly TypeNames _names;

    static TypeReferences()
    {
        foreach (var code in typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => (OpCode)field.GetValue(null)!))
        {
            var value = unchecked((ushort)code.Value);
            (value < 0x100 ? OneByte : TwoBytes)[value & 0xFF] = code;
        }
    }

    private TypeReferences(PEReader image)
    {
        _image = image;
        _metadata = image.GetMetadataReader();
        _names = new TypeNames(_metadata);
    }

    /// <summary>Pairs of full names (outermost type), user first.</summary>
    public static IReadOnlyCollection<(string From, string To)> Read(string assemblyFile)
    {
        using var image = new PEReader(File.OpenRead(assemblyFile));
        return new TypeReferences(image).Collect();
    }

    private HashSet<(string From, string To)> Collect()
    {
        var found = new HashSet<(string, string)>();
        foreach (var handle in _metadata.TypeDefinitions)
        {
            var from = _names.Outermost(handle);
            foreach (var to in UsedBy(_metadata.GetTypeDefinition(handle)))
            {
                if (to != from)
                {
                    found.Add((from, to));
                }
            }
        }

        return found;
    }

    private IEnumerable<string> UsedBy(TypeDefinition type)
    {
        IEnumerable<string> used = _names.Of(type.BaseType);
        used = used.Concat(type.GetInterfaceImplementations().SelectMany(i => _names.Of(_metadata.GetInterfaceImplementation(i).Interface)));
        used = used.Concat(type.GetFields().SelectMany(field => _metadata.GetFieldDefinition(field).DecodeSignature(_names, null)));
        used = used.Concat(type.GetMethods().SelectMany(method => UsedBy(_metadata.GetMethodDefinition(method))));
        return used.Concat(type.GetCustomAttributes().SelectMany(attribute => _names.OfMember(_metadata.GetCustomAttribute(attribute).Constructor)));
    }

    private IEnumerable<string> UsedBy(MethodDefinition method)
    {
        var signature = method.DecodeSignature(_names, null);
        IEnumerable<string> used = signature.ParameterTypes.SelectMany(t => t).Concat(signature.ReturnType);
        if (method.RelativeVirtualAddress == 0)
        {
            return used;
        }

        var body = _image.GetMethodBody(method.RelativeVirtualAddress);
        if (!body.LocalSignature.IsNil)
        {
            used = used.Concat(_metadata.GetStandaloneSignature(body.LocalSignature).DecodeLocalSignature(_names, null).SelectMany(t => t));
        }

        used = used.Concat(body.ExceptionRegions.Where(region => !region.CatchType.IsNil).SelectMany(region => _names.Of(region.CatchType)));
        return used.Concat(Tokens(body.GetILReader()).SelectMany(token => _names.OfMember(token)));
    }

    private static List<EntityHandle> Tokens(BlobReader il)
    {
        var tokens = new List<EntityHandle>();
        while (il.RemainingBytes > 0)
        {
            var first = il.ReadByte();
            var code = first == 0xFE ? TwoBytes[il.ReadByte()] : OneByte[first];
            switch (code.OperandType)
            {
                case OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType:
                    tokens.Add((EntityHandle)MetadataTokens.Handle(il.ReadInt32()));
                    break;
                case OperandType.InlineSwitch:
                    var targets = il.ReadInt32(); // Before the offset is taken: reading moves it.
                    il.Offset += targets * 4;
                    break;
                case OperandType.InlineI8 or OperandType.InlineR:
                    il.Offset += 8;
                    break;
                case OperandType.InlineVar:
                    il.Offset += 2;
                    break;
                case OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar:
                    il.Offset += 1;
                    break;
                case OperandType.InlineNone:
                    break;
                default:
                    il.Offset += 4;
                    break;
            }
        }

        return tokens;
    }

    /// <summary>Decodes any handle or signature into the full names of this assembly's types that occur in it.</summary>
    private sealed class TypeNames(MetadataReader metadata) : ISignatureTypeProvider<ImmutableArray<string>, object?>
    {
        public string Outermost(TypeDefinitionHandle handle)
        {
            var type = metadata.GetTypeDefinition(handle);
            while (!type.GetDeclaringType().IsNil)
            {
                type = metadata.GetTypeDefinition(type.GetDeclaringType());
            }

            return $"{metadata.GetString(type.Namespace)}.{metadata.GetString(type.Name)}";
        }

        public ImmutableArray<string> Of(EntityHandle handle) => handle.IsNil ? [] : handle.Kind switch
        {
            HandleKind.TypeDefinition => [Outermost((TypeDefinitionHandle)handle)],
            HandleKind.TypeSpecification => metadata.GetTypeSpecification((TypeSpecificationHandle)handle).DecodeSignature(this, null),
            _ => [],
        };

        public ImmutableArray<string> OfMember(EntityHandle handle)
        {
            switch (handle.Kind)
            {
                case HandleKind.MethodDefinition:
                    return [Outermost(metadata.GetMethodDefinition((MethodDefinitionHandle)handle).GetDeclaringType())];
                case HandleKind.FieldDefinition:
                    return [Outermost(metadata.GetFieldDefinition((FieldDefinitionHandle)handle).GetDeclaringType())];
                case HandleKind.MethodSpecification:
                    var generic = metadata.GetMethodSpecification((MethodSpecificationHandle)handle);
                    return [.. OfMember(generic.Method), .. generic.DecodeSignature(this, null).SelectMany(t => t)];
                case HandleKind.MemberReference:
                    var member = metadata.GetMemberReference((MemberReferenceHandle)handle);
                    return member.Parent.Kind == HandleKind.MethodDefinition ? OfMember(member.Parent) : Of(member.Parent);
                default:
                    return Of(handle);
            }
        }

        public ImmutableArray<string> GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind) => [Outermost(handle)];

        public ImmutableArray<string> GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind) => [];

        public ImmutableArray<string> GetTypeFromSpecification(MetadataReader reader, object? context, TypeSpecificationHandle handle, byte rawTypeKind) => Of(handle);

        public ImmutableArray<string> GetPrimitiveType(PrimitiveTypeCode typeCode) => [];

        public ImmutableArray<string> GetSZArrayType(ImmutableArray<string> elementType) => elementType;

        public ImmutableArray<string> GetArrayType(ImmutableArray<string> elementType, ArrayShape shape) => elementType;

        public ImmutableArray<string> GetByReferenceType(ImmutableArray<string> elementType) => elementType;

        public ImmutableArray<string> GetPointerType(ImmutableArray<string> elementType) => elementType;

        public ImmutableArray<string> GetPinnedType(ImmutableArray<string> elementType) => elementType;

        public ImmutableArray<string> GetModifiedType(ImmutableArray<string> modifier, ImmutableArray<string> unmodifiedType, bool isRequired) => [.. modifier, .. unmodifiedType];

        public ImmutableArray<string> GetGenericInstantiation(ImmutableArray<string> genericType, ImmutableArray<ImmutableArray<string>> typeArguments) =>
            [.. genericType, .. typeArguments.SelectMany(t => t)];

        public ImmutableArray<string> GetGenericMethodParameter(object? context, int index) => [];

        public ImmutableArray<string> GetGenericTypeParameter(object? context, int index) => [];

        public ImmutableArray<string> GetFunctionPointerType(MethodSignature<ImmutableArray<string>> signature) => [.. signature.ReturnType, .. signature.ParameterTypes.SelectMany(t => t)];
    }
}
